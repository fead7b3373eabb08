//! RunPod's serverless protocol: worker loop, endpoint client, local modes, local platform.
