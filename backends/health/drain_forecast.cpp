#include "backends/health/drain_forecast.h"
