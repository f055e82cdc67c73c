"""`python -m docs_site [FOLDER]`: builds the documentation, by default into the package, whose next publish puts it
under /docs/ of the site."""

import sys
from pathlib import Path

from docs_site.build import INTO_PACKAGE, BuildFailed, build

try:
    build(Path(sys.argv[1]) if sys.argv[1:] else INTO_PACKAGE)
except BuildFailed as error:
    sys.exit(str(error))
