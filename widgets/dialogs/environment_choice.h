// The three environments as a choice, production first: whoever does not choose is careful.
#pragma once

#include <QComboBox>

#include "backends/domain/connection_settings.h"

namespace spillway {

void fillEnvironments(QComboBox& box);
[[nodiscard]] Environment chosenEnvironment(const QComboBox& box);
void chooseEnvironment(QComboBox& box, Environment environment);

}  // namespace spillway
