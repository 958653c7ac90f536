"""The module in a directory as Terraform's own parser reads and evaluates it, as JSON."""
import json
import sys

import tfparse

print(json.dumps(tfparse.load_from_path(sys.argv[1]), default=str))
