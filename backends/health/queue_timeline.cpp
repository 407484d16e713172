#include "backends/health/queue_timeline.h"
