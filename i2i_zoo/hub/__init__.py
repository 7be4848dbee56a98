"""Things that are fetched and checked: data sets, pretrained weights, and the archives that they come in."""
