#include "widgets/dialogs/mark_dialog.h"

#include <QDialogButtonBox>
#include <QLineEdit>
#include <QPushButton>
#include <QRadioButton>
#include <QVBoxLayout>

#include "backends/domain/human_text.h"
#include "widgets/parts/safe_label.h"

namespace spillway {
using namespace Qt::StringLiterals;

MarkDialog::MarkDialog(const QueueRef& about, QWidget* parent)
    : QDialog(parent), m_about(about), m_text(new QLineEdit), m_onlyQueue(new QRadioButton),
      m_add(new QPushButton(u"Add marker"_s)) {
    setWindowTitle(u"Add marker"_s);
    setMinimumWidth(380);
    auto* everywhere =
        new QRadioButton(u"All queues of %1"_s.arg(visibleText(about.connection, 40).replace(u'&', "&&"_L1)));
    m_onlyQueue->setText(u"Only %1"_s.arg(visibleText(about.queue, 40).replace(u'&', "&&"_L1)));
    m_onlyQueue->setVisible(!about.queue.isEmpty());
    everywhere->setChecked(true);
    m_text->setPlaceholderText(u"deploy 4.12"_s);
    m_text->setAccessibleName(u"What happened"_s);
    m_text->setMaxLength(kLongestText);
    m_add->setProperty("primary", true);
    m_add->setDefault(true);
    m_add->setEnabled(false);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
    buttons->addButton(m_add, QDialogButtonBox::AcceptRole);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(20, 16, 20, 16);
    column->setSpacing(10);
    column->addWidget(new SafeLabel(u"What happened just now?"_s, LabelRole::heading));
    column->addWidget(m_text);
    column->addWidget(everywhere);
    column->addWidget(m_onlyQueue);
    auto* note = new SafeLabel(u"Kept in the history on this machine; nothing is written to the server."_s,
                               LabelRole::secondary);
    note->setWordWrap(true);
    column->addWidget(note);
    column->addWidget(buttons);
    connect(m_text, &QLineEdit::textChanged, this, [this] { m_add->setEnabled(!text().isEmpty()); });
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
}

QString MarkDialog::text() const {
    return m_text->text().simplified();
}

QString MarkDialog::queue() const {
    return m_onlyQueue->isChecked() ? m_about.queue : QString();
}

}  // namespace spillway
