"""The one tree of errors. Each message names what, where and the remedy; `retryable` says whether
the same call may succeed later. Rejected input is not an error but data (`bars.tables.REJECTED`)."""


class BluedotError(Exception):
    """Any failure that the pipeline explains in a sentence."""

    retryable = False


class UsageError(BluedotError):
    """A command or a partition key that cannot be carried out as it was asked."""


class SettingsError(BluedotError):
    """A setting is missing or wrong; the message names the setting and the remedy."""


class PartitionAbsent(BluedotError):
    """The source has no folder for the partition."""


class SourceUnreadable(BluedotError):
    """The source could not be read: never to be taken for an empty source."""

    retryable = True


class SourceMissing(SourceUnreadable, SettingsError):
    """What the settings name as the source is not there: a wrong setting, or a disk that is not mounted."""


class OutputAbsent(BluedotError):
    """An earlier stage has no verified output for the partition."""


class OutputOutdated(BluedotError):
    """A stored output was made from something else than what is stored now."""


class OutputDamaged(BluedotError):
    """A stored object is missing or its bytes differ from what its manifest says."""


class NewerVersion(BluedotError):
    """Something stored or published is of a newer version than this installation knows: nothing may be written."""


class ComparisonFailed(BluedotError):
    """Something that is stored of the past could not be compared with: no reason to stop what is made now."""


class ObjectMissing(OutputDamaged):
    """A stored object is not there."""


class StoreUnreachable(BluedotError):
    """An object store could not be asked or did not answer."""

    retryable = True


class PublishRefused(BluedotError):
    """The site may not or cannot take this content."""


class SeedsFull(SettingsError):
    """The seed repositories have no room for all symbols, or for those that must stay where they are."""


class RepositoryUnreachable(BluedotError):
    """A git repository could not be asked or did not answer; nothing was changed."""

    retryable = True


class RepositoryRefused(SettingsError):
    """A git repository is not there for our credentials."""


class PublicSiteUnreadable(BluedotError):
    """The public site did not answer as a site does."""

    retryable = True


class MachineFailed(BluedotError):
    """The system refused what was asked of it: a disk, a folder or one of its limits."""

    retryable = True


class WorkerLost(BluedotError):
    """A worker process died before it returned (most often: out of memory)."""

    retryable = True


class ClusterUnreachable(BluedotError):
    """The scheduler of a cluster does not answer, or has no worker."""

    retryable = True


class SourceRefused(SourceUnreadable):
    """The source will not be read until a person does what the message says (credential, sharing, quota)."""

    retryable = False
