"""What an installation of an earlier version left on disk, and that today's code reads it. The archive is made by that
version and never changed; a newer form gets an archive of its own."""
