"""What the console's tests share. NiceGUI reads its folder when it is first imported, so it is named here, before."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

FOLDER = Path(tempfile.mkdtemp(prefix="console-test-"))
os.environ["NICEGUI_STORAGE_PATH"] = str(FOLDER)
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
