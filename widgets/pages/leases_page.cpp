#include "widgets/pages/leases_page.h"
