#include "widgets/dialogs/report_dialog.h"

#include <QDateTimeEdit>
#include <QDialogButtonBox>
#include <QFileDialog>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QPushButton>
#include <QRadioButton>
#include <QStandardPaths>
#include <QVBoxLayout>

#include "backends/domain/human_text.h"
#include "widgets/dialogs/zoned_field.h"
#include "widgets/models/connection_label.h"
#include "widgets/parts/choice_box.h"
#include "widgets/parts/safe_label.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int kOtherSpan = 0;  // hours

QDateTimeEdit* timeField(const QString& name, const QDateTime& at) {
    auto* field = new QDateTimeEdit;
    setZonedTime(*field, at);
    field->setDisplayFormat(u"ddd d MMM yyyy HH:mm '%1'"_s.arg(displayZoneLabel(at)));
    field->setCalendarPopup(true);
    field->setAccessibleName(name);
    return field;
}

// For a file's name.
QString plainName(const QString& text) {
    QString name;
    for (const QChar c : text.left(40)) name += c.isLetterOrNumber() || c == u'-' || c == u'_' ? c : u'-';
    return name;
}

}  // namespace

ReportDialog::ReportDialog(const ConnectionViews& views, const QueueRef& shown, QWidget* parent)
    : QDialog(parent), m_about(new ChoiceBox(u"What the report is about"_s, 30)),
      m_span(new ChoiceBox(u"Which time it covers"_s, 18)),
      m_from(timeField(u"From"_s, QDateTime::currentDateTime().addSecs(-3600))),
      m_to(timeField(u"To"_s, QDateTime::currentDateTime())), m_html(new QRadioButton(u"One HTML file"_s)),
      m_markdown(new QRadioButton(u"Markdown with PNG pictures beside it"_s)) {
    setWindowTitle(u"Incident report"_s);
    setMinimumWidth(460);
    addSubjects(views, shown);
    for (const int hours : {1, 4, 12, 24})
        m_span->addItem(hours == 1 ? u"the last hour"_s : u"the last %1 hours"_s.arg(hours), hours);
    m_span->addItem(u"from … to"_s, kOtherSpan);
    m_html->setChecked(true);
    auto* form = new QFormLayout;
    form->setVerticalSpacing(8);
    form->addRow(u"About"_s, m_about);
    form->addRow(u"Time"_s, m_span);
    form->addRow(u"From"_s, m_from);
    form->addRow(u"To"_s, m_to);
    form->addRow(u"As"_s, m_html);
    form->addRow(QString(), m_markdown);
    auto* explained = new SafeLabel(
        u"Findings from when to when, charts, dead letters, marks, actions with their audit ids, and who "
        u"knew. "
        "Read from the history on this machine; payloads are not in it."_s,
        LabelRole::secondary);
    explained->setWordWrap(true);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
    auto* save = buttons->addButton(u"Save…"_s, QDialogButtonBox::ActionRole);
    save->setProperty("primary", true);
    save->setDefault(true);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(20, 16, 20, 16);
    column->setSpacing(10);
    column->addLayout(form);
    column->addWidget(explained);
    column->addWidget(buttons);
    connect(save, &QPushButton::clicked, this, &ReportDialog::chooseFile);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_span, &QComboBox::currentIndexChanged, this, &ReportDialog::followSpan);
    followSpan();
}

void ReportDialog::addSubjects(const ConnectionViews& views, const QueueRef& shown) {
    if (!shown.queue.isEmpty())
        m_about->addItem(u"%1 on %2"_s.arg(visibleText(shown.queue, 60), connectionLabel(shown.connection)),
                         QVariant::fromValue(shown));
    m_about->addItem(u"All connections"_s, QVariant::fromValue(QueueRef()));
    for (const ConnectionView& view : views)
        m_about->addItem(connectionLabel(view.name), QVariant::fromValue(QueueRef{view.name, {}, {}}));
}

void ReportDialog::followSpan() {
    const bool other = m_span->currentData().toInt() == kOtherSpan;
    m_from->setEnabled(other);
    m_to->setEnabled(other);
    if (other) return;
    const QDateTime now = QDateTime::currentDateTime();
    setZonedTime(*m_from, now.addSecs(-3600LL * m_span->currentData().toInt()));
    setZonedTime(*m_to, now);
}

ReportWish ReportDialog::wish() const {
    return {zonedTime(*m_from), zonedTime(*m_to), m_about->currentData().value<QueueRef>(), {}};
}

QString ReportDialog::suggestedName() const {
    const ReportWish asked = wish();
    const QString what = !asked.about.queue.isEmpty()        ? asked.about.queue
                         : !asked.about.connection.isEmpty() ? asked.about.connection
                                                             : u"all"_s;
    return u"incident-%1-%2.%3"_s.arg(asked.from.toString(u"yyyy-MM-dd-HHmm"_s), plainName(what),
                                      m_html->isChecked() ? u"html"_s : u"md"_s);
}

void ReportDialog::chooseFile() {
    const QString folder = QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation);
    auto* files = new QFileDialog(this, u"Save the report"_s, folder);
    files->setAttribute(Qt::WA_DeleteOnClose);
    files->setAcceptMode(QFileDialog::AcceptSave);
    files->setDefaultSuffix(m_html->isChecked() ? u"html"_s : u"md"_s);
    files->selectFile(suggestedName());
    connect(files, &QFileDialog::fileSelected, this, [this](const QString& path) {
        ReportWish asked = wish();
        asked.path = path;
        emit saveWanted(asked);
        accept();
    });
    files->open();
}

}  // namespace spillway
