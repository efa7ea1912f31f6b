"""`python -m headwater.cli`: the same command where the console script is not on the path."""

import sys

from headwater.cli.app import main

sys.exit(main())
