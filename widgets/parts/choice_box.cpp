#include "widgets/parts/choice_box.h"

#include <QHelpEvent>
#include <QStylePainter>
#include <QToolTip>

#include "widgets/parts/safe_label.h"

namespace spillway {

ChoiceBox::ChoiceBox(const QString& name, int letters, QWidget* parent) : QComboBox(parent) {
    setAccessibleName(name);
    setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    setMinimumContentsLength(letters);
}

QString ChoiceBox::cut(const QStyleOptionComboBox& option) const {
    const QRect field =
        style()->subControlRect(QStyle::CC_ComboBox, &option, QStyle::SC_ComboBoxEditField, this);
    return fontMetrics().elidedText(option.currentText, Qt::ElideMiddle, field.width() - 4);
}

void ChoiceBox::paintEvent(QPaintEvent*) {
    QStylePainter painter(this);
    QStyleOptionComboBox option;
    initStyleOption(&option);
    painter.drawComplexControl(QStyle::CC_ComboBox, option);
    option.currentText = cut(option);
    painter.drawControl(QStyle::CE_ComboBoxLabel, option);
}

bool ChoiceBox::event(QEvent* event) {
    if (event->type() != QEvent::ToolTip) return QComboBox::event(event);
    QStyleOptionComboBox option;
    initStyleOption(&option);
    QStringList lines{accessibleName()};
    if (cut(option) != option.currentText) lines.prepend(option.currentText);
    QToolTip::showText(static_cast<QHelpEvent*>(event)->globalPos(), plainToolTip(lines.join(u'\n')), this);
    return true;
}

}  // namespace spillway
