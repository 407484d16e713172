#include "widgets/dialogs/environment_choice.h"

namespace spillway {
using namespace Qt::StringLiterals;

void fillEnvironments(QComboBox& box) {
    box.setAccessibleName(u"Environment"_s);
    for (const auto environment : {Environment::production, Environment::staging, Environment::development}) {
        QString name = environmentName(environment);
        name[0] = name[0].toUpper();
        box.addItem(name, static_cast<int>(environment));
    }
}

Environment chosenEnvironment(const QComboBox& box) {
    return static_cast<Environment>(box.currentData().toInt());
}

void chooseEnvironment(QComboBox& box, Environment environment) {
    box.setCurrentIndex(box.findData(static_cast<int>(environment)));
}

}  // namespace spillway
