"""What is special about each kind of provider: one small file each."""
