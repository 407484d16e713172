#include "backends/health/findings.h"
