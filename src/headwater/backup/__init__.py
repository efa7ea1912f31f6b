"""The whole data folder as it was at one moment: taken beside whoever runs, checked, and put back."""
