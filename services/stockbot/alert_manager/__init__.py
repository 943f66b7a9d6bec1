"""Alert Manager: hears what is wrong, watches who has gone quiet, and tells people through their channels."""
