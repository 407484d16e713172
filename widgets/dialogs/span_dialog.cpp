#include "widgets/dialogs/span_dialog.h"

#include <QDateTimeEdit>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QPushButton>
#include <QVBoxLayout>

#include "backends/domain/human_text.h"
#include "widgets/dialogs/zoned_field.h"
#include "widgets/parts/safe_label.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

QDateTimeEdit* timeField(double at, double latest, const QString& name) {
    const auto local = [](double seconds) {
        return QDateTime::fromSecsSinceEpoch(static_cast<qint64>(seconds));
    };
    auto* field = new QDateTimeEdit;
    setZonedTime(*field, local(at));
    field->setDisplayFormat(u"yyyy-MM-dd HH:mm:ss"_s);
    field->setMaximumDateTime(clockFace(local(latest)));
    field->setCalendarPopup(true);
    field->setAccessibleName(name);
    return field;
}

double secondsOf(const QDateTimeEdit& field) {
    return static_cast<double>(zonedTime(field).toSecsSinceEpoch());
}

}  // namespace

SpanDialog::SpanDialog(double from, double to, double now, QWidget* parent)
    : QDialog(parent), m_from(timeField(from, now, u"From"_s)), m_to(timeField(to, now + 1, u"Until"_s)),
      m_wrong(new SafeLabel({}, LabelRole::secondary)), m_show(new QPushButton(u"Show"_s)) {
    setWindowTitle(u"Show a time"_s);
    setMinimumWidth(360);
    m_show->setProperty("primary", true);
    m_show->setDefault(true);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
    buttons->addButton(m_show, QDialogButtonBox::AcceptRole);
    auto* form = new QFormLayout;
    form->addRow(u"From"_s, m_from);
    form->addRow(u"Until"_s, m_to);
    m_wrong->setWordWrap(true);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(20, 16, 20, 16);
    column->setSpacing(10);
    column->addWidget(new SafeLabel(u"Which time shall the charts show?"_s, LabelRole::heading));
    column->addLayout(form);
    column->addWidget(m_wrong);
    column->addWidget(buttons);
    connect(m_from, &QDateTimeEdit::dateTimeChanged, this, &SpanDialog::judge);
    connect(m_to, &QDateTimeEdit::dateTimeChanged, this, &SpanDialog::judge);
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    judge();
}

double SpanDialog::from() const {
    return secondsOf(*m_from);
}

double SpanDialog::to() const {
    return secondsOf(*m_to);
}

void SpanDialog::judge() {
    const double span = to() - from();
    m_show->setEnabled(span >= 1);
    const QString zone = displayZoneLabel(zonedTime(*m_to));
    m_wrong->setSafeText(span >= 1
                             ? u"%1, in %2. Esc in the charts goes back."_s.arg(durationText(span), zone)
                             : u"It must end after it begins."_s);
}

}  // namespace spillway
