#include "backends/health/finding_tracker.h"
