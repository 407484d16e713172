#include "backends/health/backlog_flow.h"
