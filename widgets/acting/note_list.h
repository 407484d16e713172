// What a person should read before an action: refusals, warnings, and guards that a typed reason gets past,
// each with its sign.
#pragma once

#include <QWidget>

#include "widgets/acting/plan_text.h"

class QCheckBox;
class QVBoxLayout;

namespace spillway {

class NoteList : public QWidget {
    Q_OBJECT
public:
    explicit NoteList(QWidget* parent = nullptr);

    void setNotes(const std::vector<PlanNote>& notes);
    [[nodiscard]] QCheckBox* overrideBox(Guard guard) const;  // null: it is not offered

signals:
    void overridden(spillway::Guard guard, bool on);

private:
    void add(const PlanNote& note);

    QVBoxLayout* m_column;
    std::vector<QWidget*> m_rows;
    std::vector<std::pair<Guard, QCheckBox*>> m_boxes;
    std::vector<PlanNote> m_notes;
};

}  // namespace spillway
