"""One thread for every test: the suite may share its cores with other processes."""

import torch

torch.set_num_threads(1)
