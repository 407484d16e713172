#include "widgets/dialogs/acknowledge_dialog.h"

#include <QDateTimeEdit>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QRadioButton>
#include <QVBoxLayout>

#include "backends/domain/acknowledgement.h"
#include "backends/domain/human_text.h"
#include "widgets/dialogs/zoned_field.h"
#include "widgets/parts/choice_box.h"
#include "widgets/parts/safe_label.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

enum End { ItEnds, HalfAnHour, OneHour, FourHours, Morning, Other };
constexpr int kMorningHour = 9;
constexpr int kLongestNote = 200;

QDateTime nextMorning(const QDateTime& now) {
    const QDate today = displayTime(now).date();
    const QDateTime morning = fromDisplayTime(today, QTime(kMorningHour, 0));
    return now < morning ? morning : fromDisplayTime(today.addDays(1), QTime(kMorningHour, 0));
}

}  // namespace

AcknowledgeDialog::AcknowledgeDialog(const Finding& finding, QWidget* parent)
    : QDialog(parent), m_finding(finding), m_one(new QRadioButton(u"This finding"_s)),
      m_queue(
          new QRadioButton(u"Everything on %1"_s.arg(visibleText(finding.queue, 40).replace(u'&', "&&"_L1)))),
      m_end(new ChoiceBox(u"Until when"_s, 18)), m_other(new QDateTimeEdit), m_note(new QLineEdit) {
    setWindowTitle(u"Acknowledge"_s);
    setMinimumWidth(440);
    auto* title = new SafeLabel(finding.title, LabelRole::heading);
    title->setWordWrap(true);
    m_one->setChecked(true);
    m_queue->setVisible(!finding.queue.isEmpty());
    m_other->setDisplayFormat(u"ddd d MMM yyyy HH:mm"_s);
    m_other->setCalendarPopup(true);
    m_other->setAccessibleName(u"The end"_s);
    m_other->setTimeSpec(Qt::UTC);
    m_other->setMinimumDateTime(clockFace(QDateTime::currentDateTimeUtc()));
    setZonedTime(*m_other, QDateTime::currentDateTimeUtc().addDays(1));
    m_note->setPlaceholderText(u"the fix rolls out at nine"_s);
    m_note->setAccessibleName(u"Note for the next one who looks"_s);
    m_note->setMaxLength(kLongestNote);
    auto* form = new QFormLayout;
    form->setVerticalSpacing(8);
    form->addRow(u"Until"_s, m_end);
    form->addRow(QString(), m_other);
    form->addRow(u"Note"_s, m_note);
    auto* explained = new SafeLabel(
        u"It stays in sight but calls nobody, and calls again when it gets worse. Every Spillway on this "
        "machine knows; nothing is written to the server."_s,
        LabelRole::secondary);
    explained->setWordWrap(true);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
    auto* done = buttons->addButton(u"Acknowledge"_s, QDialogButtonBox::AcceptRole);
    done->setProperty("primary", true);
    done->setDefault(true);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(20, 16, 20, 16);
    column->setSpacing(10);
    column->addWidget(title);
    column->addWidget(m_one);
    column->addWidget(m_queue);
    column->addLayout(form);
    column->addWidget(explained);
    column->addWidget(buttons);
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_queue, &QRadioButton::toggled, this, &AcknowledgeDialog::addEnds);
    connect(m_end, &QComboBox::currentIndexChanged, this,
            [this] { m_other->setVisible(m_end->currentData().toInt() == Other); });
    addEnds();
    m_note->setFocus();
}

// A whole queue is never silent without an end.
void AcknowledgeDialog::addEnds() {
    const QVariant before = m_end->currentData();
    m_end->clear();
    if (!m_queue->isChecked()) m_end->addItem(u"it ends"_s, ItEnds);
    m_end->addItem(u"in 30 minutes"_s, HalfAnHour);
    m_end->addItem(u"in an hour"_s, OneHour);
    m_end->addItem(u"in 4 hours"_s, FourHours);
    m_end->addItem(nextMorning(QDateTime::currentDateTime()).toString(u"ddd HH:mm"_s), Morning);
    m_end->addItem(u"another time…"_s, Other);
    m_end->setCurrentIndex(std::max(0, m_end->findData(before)));
    m_other->setVisible(m_end->currentData().toInt() == Other);
}

std::optional<QDateTime> AcknowledgeDialog::until() const {
    const QDateTime now = QDateTime::currentDateTime();
    switch (m_end->currentData().toInt()) {
        case HalfAnHour:
            return now.addSecs(30 * 60);
        case OneHour:
            return now.addSecs(60 * 60);
        case FourHours:
            return now.addSecs(4 * 60 * 60);
        case Morning:
            return nextMorning(now);
        case Other:
            return zonedTime(*m_other);
        default:
            return std::nullopt;
    }
}

Acknowledgement AcknowledgeDialog::acknowledgement() const {
    Acknowledgement said = acknowledgementOf(m_finding);
    if (m_queue->isChecked()) said.finding.clear();
    if (const auto end = until()) said.until = serverTimeFromMillis(end->toMSecsSinceEpoch());
    said.note = m_note->text().simplified();
    return said;
}

}  // namespace spillway
