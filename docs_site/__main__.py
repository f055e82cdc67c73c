"""`python -m docs_site [FOLDER]`: builds the documentation, by default into the package, whose next publish puts it
under /docs/ of the site."""

import os
import sys
from pathlib import Path

from docs_site.build import INTO_PACKAGE, BuildFailed, build

out = Path(sys.argv[1]) if sys.argv[1:] else INTO_PACKAGE
try:
    build(out)
except BuildFailed as error:
    sys.exit(str(error))
print(f"The documentation is built: {os.path.relpath(out / 'index.html')}.")  # noqa: T201
if out == INTO_PACKAGE:
    print("The next run puts it under /docs/ of the site: `make run` for the sample, else `bluedot run`.")  # noqa: T201
