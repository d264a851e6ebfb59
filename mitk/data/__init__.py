"""The door: whatever the user passes becomes checked columns and paired samples."""
