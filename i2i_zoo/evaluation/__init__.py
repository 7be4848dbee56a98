"""What a trained model is worth: metrics, comparisons, and their report."""
