"""What delivers along one route: reads the log, decides, sends, settles. One noun a file; they share `state`."""
