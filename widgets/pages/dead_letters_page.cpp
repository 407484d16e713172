#include "widgets/pages/dead_letters_page.h"
