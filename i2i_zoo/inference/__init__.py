"""What a trained model is for: pictures, files and folders translated, in one style or in many."""
