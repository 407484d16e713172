#include "widgets/checklist/change_form.h"

#include <QComboBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <algorithm>

#include "backends/domain/human_text.h"
#include "widgets/models/connection_label.h"
#include "widgets/models/queue_ref.h"
#include "widgets/parts/choice_box.h"
#include "widgets/parts/safe_label.h"

namespace spillway {
using namespace Qt::StringLiterals;

QString checklistConnection(const ConnectionView& view) {
    return view.name.contains(u"://"_s) ? view.display_url : u'@' + view.name;
}

ChangeForm::ChangeForm(QWidget* parent)
    : QWidget(parent), m_title(new QLineEdit), m_job(new QLineEdit), m_queue(new ChoiceBox(u"Queue"_s, 30)),
      m_staging(new ChoiceBox(u"Staging"_s, 30)), m_commit(new QLineEdit), m_author(new QLineEdit) {
    auto* form = new QFormLayout(this);
    form->setContentsMargins(0, 0, 0, 0);
    form->setVerticalSpacing(10);
    const auto add = [&](const QString& name, QWidget* field) {
        field->setAccessibleName(QString(name).remove(u'&'));
        auto* label = new QLabel(name);
        label->setTextFormat(Qt::PlainText);
        label->setBuddy(field);
        form->addRow(label, field);
    };
    add(u"&Change"_s, m_title);
    add(u"&Job"_s, m_job);
    add(u"&Queue"_s, m_queue);
    add(u"Sta&ging"_s, m_staging);
    add(u"Co&mmit"_s, m_commit);
    add(u"&Author"_s, m_author);
    m_title->setPlaceholderText(u"What is deployed, in a few words"_s);
    m_job->setPlaceholderText(u"The kind of job that it changes"_s);
    m_author->setText(qEnvironmentVariable("USER"));
    for (auto* field : {m_title, m_job, m_commit, m_author})
        connect(field, &QLineEdit::returnPressed, this, &ChangeForm::finished);
}

void ChangeForm::setConnections(const ConnectionViews& views) {
    m_views = views;
    fillStaging();
    std::vector<std::pair<QString, QueueRef>> queues;
    for (const auto& view : views) {
        if (!view.last) continue;
        for (const auto& system : view.last->systems)
            for (const auto& queue : system.queues)
                queues.push_back(
                    {u"%1 · %2 · %3"_s.arg(visibleText(queue.reading.queue, 60), connectionLabel(view.name),
                                           environmentName(view.environment)),
                     {view.name, system.identity.key(), queue.reading.queue}});
    }
    if (m_queue->count() == static_cast<int>(queues.size()) + 1) return;
    const QString chosen = m_queue->currentText();
    m_queue->clear();
    m_queue->addItem(u"None of those that are open"_s);
    for (const auto& [text, ref] : queues) m_queue->addItem(text, QStringList{ref.connection, ref.queue});
    m_queue->setCurrentIndex(std::max(0, m_queue->findText(chosen)));
}

// Where the change is tried. The first staging connection that is open is the likely one.
void ChangeForm::fillStaging() {
    std::vector<const ConnectionView*> possible;
    for (const auto& view : m_views)
        if (view.environment != Environment::production && view.last) possible.push_back(&view);
    m_staging->setEnabled(!possible.empty());
    if (m_staging->count() == static_cast<int>(possible.size()) + 1) return;
    const QString chosen = m_staging->currentData().toString();
    m_staging->clear();
    m_staging->addItem(u"None that is open"_s);
    for (const auto* view : possible)
        m_staging->addItem(u"%1 · %2"_s.arg(connectionLabel(view->name), environmentName(view->environment)),
                           view->name);
    const auto likely = std::find_if(possible.begin(), possible.end(), [](const ConnectionView* view) {
        return view->environment == Environment::staging;
    });
    const QString wanted = !chosen.isEmpty()          ? chosen
                           : likely != possible.end() ? (*likely)->name
                                                      : QString();
    m_staging->setCurrentIndex(wanted.isEmpty() ? 0 : std::max(0, m_staging->findData(wanted)));
}

void ChangeForm::clear() {
    for (auto* field : {m_title, m_job, m_commit}) field->clear();
    m_queue->setCurrentIndex(0);
    m_title->setFocus();
}

Outcome<Checklist> ChangeForm::checklist() const {
    Checklist list;
    list.title = m_title->text().simplified();
    if (const QString job = m_job->text().simplified(); !job.isEmpty()) list.jobs << job;
    list.commit = m_commit->text().simplified();
    list.author = m_author->text().simplified();
    const auto missing = [](const QString& what) { return Failure{FailureKind::usage, what, {}, {}}; };
    if (list.title.isEmpty()) return missing(u"Say in a few words what is deployed."_s);
    if (list.jobs.isEmpty()) return missing(u"Name the kind of job that it changes."_s);
    if (list.author.isEmpty()) return missing(u"Name the author."_s);
    const QStringList chosen = m_queue->currentData().toStringList();
    if (chosen.size() == 2) {
        list.queue = chosen[1];
        if (const auto* view = findConnection(m_views, chosen[0])) {
            list.connection = checklistConnection(*view);
            list.environment = view->environment;
        }
    }
    if (const auto* view = findConnection(m_views, m_staging->currentData().toString()))
        if (const QString name = checklistConnection(*view); name != list.connection) list.staging = name;
    return list;
}

}  // namespace spillway
