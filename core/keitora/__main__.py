"""`python -m keitora`."""

import sys

from keitora.cli import main

sys.exit(main())
