"""Operation: what balancers and Prometheus ask, and how everything stands, for the person on duty and the doctor."""
