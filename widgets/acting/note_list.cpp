#include "widgets/acting/note_list.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QVBoxLayout>

#include "widgets/parts/icon.h"
#include "widgets/parts/safe_label.h"
#include "widgets/parts/theme.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

bool sameNotes(const std::vector<PlanNote>& a, const std::vector<PlanNote>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const PlanNote& x, const PlanNote& y) {
        return x.tone == y.tone && x.text == y.text && x.overridable == y.overridable &&
               x.overridden == y.overridden;
    });
}

Severity severityOf(const PlanNote& note) {
    return note.tone == Permission::refused ? Severity::critical : Severity::warning;
}

}  // namespace

NoteList::NoteList(QWidget* parent) : QWidget(parent), m_column(new QVBoxLayout(this)) {
    m_column->setContentsMargins(0, 0, 0, 0);
    m_column->setSpacing(8);
    hide();
}

void NoteList::setNotes(const std::vector<PlanNote>& notes) {
    if (sameNotes(notes, m_notes)) return;
    m_notes = notes;
    for (QWidget* row : m_rows) {
        row->hide();
        row->deleteLater();  // its tick may be what led here
    }
    m_rows.clear();
    m_boxes.clear();
    for (const PlanNote& note : notes) add(note);
    setVisible(!notes.empty());
}

void NoteList::add(const PlanNote& note) {
    auto* row = new QWidget;
    auto* line = new QHBoxLayout(row);
    line->setContentsMargins(0, 0, 0, 0);
    line->setSpacing(8);
    auto* sign = new QLabel;
    const Severity severity = severityOf(note);
    sign->setPixmap(iconPixmap(severityIcon(severity), severityColor(currentTokens(), severity), 14,
                               devicePixelRatioF()));
    auto* text = new SafeLabel({}, LabelRole::body);
    text->setWordWrap(true);
    text->setSafeText(note.text);
    const QString word = note.tone == Permission::refused ? u"Refused"_s : u"Warning"_s;
    text->setAccessibleName(u"%1: %2"_s.arg(word, note.text));
    line->addWidget(sign, 0, Qt::AlignTop);
    line->addWidget(text, 1);
    if (note.overridable) {
        auto* box = new QCheckBox(u"Override"_s);
        box->setChecked(note.overridden);
        box->setAccessibleName(u"Override: %1"_s.arg(note.text));
        box->setToolTip(
            plainToolTip(u"With a reason, which goes into the audit together with this guard."_s));
        line->addWidget(box, 0, Qt::AlignTop);
        m_boxes.emplace_back(*note.overridable, box);
        connect(box, &QCheckBox::toggled, this,
                [this, guard = *note.overridable](bool on) { emit overridden(guard, on); });
    }
    m_column->addWidget(row);
    m_rows.push_back(row);
}

QCheckBox* NoteList::overrideBox(Guard guard) const {
    for (const auto& [of, box] : m_boxes)
        if (of == guard) return box;
    return nullptr;
}

}  // namespace spillway
