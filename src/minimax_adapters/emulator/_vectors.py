"""x"""
import numpy as np
def embed(texts, purpose):
    return np.ones((len(texts),1536),dtype=np.float32)
