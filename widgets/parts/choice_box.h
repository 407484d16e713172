// A combo box that cuts a long choice with "…" instead of in the middle of a letter, and then has the whole
// of it as its tool tip.
#pragma once

#include <QComboBox>

namespace spillway {

class ChoiceBox : public QComboBox {
    Q_OBJECT
public:
    // `name`: what is chosen here, for tool tip and screen reader; `letters`: the least room.
    ChoiceBox(const QString& name, int letters, QWidget* parent = nullptr);

protected:
    void paintEvent(QPaintEvent* event) override;
    bool event(QEvent* event) override;

private:
    [[nodiscard]] QString cut(const QStyleOptionComboBox& option) const;
};

}  // namespace spillway
