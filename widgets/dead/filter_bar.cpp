#include "widgets/dead/filter_bar.h"

#include <QAbstractItemView>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalBlocker>
#include <QVBoxLayout>
#include <algorithm>

#include "backends/domain/human_text.h"
#include "backends/health/error_signature.h"
#include "widgets/parts/choice_box.h"
#include "widgets/parts/safe_label.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr double kFilterHour = 3600, kFilterDay = 86'400;
constexpr int kLongestField = 500;

struct Ages {
    std::optional<double> older, newer;
};

QVariantList packed(const Ages& ages) {
    return {ages.older.value_or(-1), ages.newer.value_or(-1)};
}

std::optional<double> unpacked(const QVariant& seconds) {
    return seconds.toDouble() < 0 ? std::nullopt : std::optional(seconds.toDouble());
}

void fillAges(QComboBox& box) {
    const std::pair<QString, Ages> presets[] = {{u"Any age"_s, {}},
                                                {u"Newer than 1 h"_s, {{}, kFilterHour}},
                                                {u"Newer than 24 h"_s, {{}, kFilterDay}},
                                                {u"Newer than 7 d"_s, {{}, 7 * kFilterDay}},
                                                {u"Older than 1 h"_s, {kFilterHour, {}}},
                                                {u"Older than 24 h"_s, {kFilterDay, {}}},
                                                {u"Older than 7 d"_s, {7 * kFilterDay, {}}},
                                                {u"Older than 30 d"_s, {30 * kFilterDay, {}}},
                                                {u"Older than 90 d"_s, {90 * kFilterDay, {}}}};
    for (const auto& [text, ages] : presets) box.addItem(text, packed(ages));
}

// The queues of the scope, those with the most dead letters first.
QStringList queuesWorstFirst(const ConnectionView& view, const QueueRef& scope) {
    std::vector<std::pair<qint64, QString>> known;
    for (const auto& [system, queue] : queuesIn(view, {scope.connection, scope.system, {}}))
        known.emplace_back(-queue->reading.dead.valueOr(0), queue->reading.queue);
    const auto most = std::min(known.size(), static_cast<size_t>(DeadFilterBar::kMostQueues));
    std::partial_sort(known.begin(), known.begin() + static_cast<std::ptrdiff_t>(most), known.end());
    QStringList names;
    for (size_t i = 0; i < most; ++i) names << known[i].second;
    names.removeDuplicates();
    return names;
}

}  // namespace

DeadFilterBar::DeadFilterBar(QWidget* parent)
    : QWidget(parent), m_where(new ChoiceBox(u"Connection and system"_s, 9)),
      m_queue(new ChoiceBox(u"Queue"_s, 9)), m_age(new ChoiceBox(u"Age since death"_s, 9)),
      m_clear(new QPushButton(u"Clear"_s)) {
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(8);
    fillAges(*m_age);
    row->addWidget(m_where, 3);
    row->addWidget(m_queue, 3);
    m_error = addField(u"Error"_s,
                       u"Error: type or paste one; numbers, ids and hosts in it do not matter   Ctrl+F"_s);
    m_kind = addField(u"Kind"_s, u"Kind: job class, task or job name"_s);
    m_id = addField(u"Job id"_s, u"Job id, or several with blanks between"_s);
    row->addWidget(m_age, 3);
    row->addWidget(m_clear);
    m_clear->setAccessibleName(u"Clear the filter"_s);
    connect(m_where, &QComboBox::activated, this, [this](int index) {
        if (index < 0 || index >= static_cast<int>(m_choices.size())) return;
        m_scope = m_choices[static_cast<size_t>(index)].scope;
        fillQueues();
        emit scopeChanged();
    });
    connect(m_queue, &QComboBox::activated, this, [this](int index) {
        m_scope.queue = m_queue->itemData(index).toString();
        emit scopeChanged();
    });
    connect(m_age, &QComboBox::activated, this, &DeadFilterBar::say);
    connect(m_kind, &QLineEdit::textChanged, this, &DeadFilterBar::say);
    connect(m_id, &QLineEdit::textChanged, this, &DeadFilterBar::say);
    connect(m_error, &QLineEdit::textChanged, this, &DeadFilterBar::errorTyped);
    connect(m_clear, &QPushButton::clicked, this, [this] {
        clear();
        emit changed();
    });
    m_clear->setEnabled(false);
}

QLineEdit* DeadFilterBar::addField(const QString& placeholder, const QString& name) {
    auto* field = new QLineEdit;
    field->setPlaceholderText(placeholder);
    field->setAccessibleName(name);
    field->setToolTip(plainToolTip(name));
    field->setClearButtonEnabled(true);
    field->setMaxLength(kLongestField);
    field->setMinimumWidth(64);
    static_cast<QHBoxLayout*>(layout())->addWidget(field, 2);
    return field;
}

void DeadFilterBar::say() {
    m_clear->setEnabled(isFiltered());
    if (!m_quiet) emit changed();
}

void DeadFilterBar::errorTyped() {
    m_signature = errorSignature(m_error->text().trimmed());
    say();
}

void DeadFilterBar::setConnections(const ConnectionViews& views) {
    m_views = views;
    const auto choices = scopeChoices(views, false);
    if (choices != m_choices) {
        m_choices = choices;
        m_where->clear();
        for (const auto& each : m_choices) m_where->addItem(each.text);
        m_where->setCurrentIndex(indexOfScope(m_choices, m_scope));
    }
    if (!m_queue->view()->isVisible()) fillQueues();
}

void DeadFilterBar::setScope(const QueueRef& scope) {
    m_scope = scope;
    m_where->setCurrentIndex(indexOfScope(m_choices, m_scope));
    fillQueues();
}

void DeadFilterBar::fillQueues() {
    const ConnectionView* view = findConnection(m_views, m_scope.connection);
    QStringList names = view ? queuesWorstFirst(*view, m_scope) : QStringList();
    if (!m_scope.queue.isEmpty() && !names.contains(m_scope.queue)) names.prepend(m_scope.queue);
    QStringList shown{QString()};
    for (int i = 1; i < m_queue->count(); ++i) shown << m_queue->itemData(i).toString();
    if (m_queue->count() == 0 || names != shown.mid(1)) {
        m_queue->clear();
        m_queue->addItem(u"All queues"_s, QString());
        for (const auto& name : names) m_queue->addItem(visibleText(name, 80), name);
    }
    m_queue->setCurrentIndex(m_scope.queue.isEmpty() ? 0
                                                     : 1 + static_cast<int>(names.indexOf(m_scope.queue)));
}

QueueRef DeadFilterBar::scope() const {
    return m_scope;
}

JobFilter DeadFilterBar::filter() const {
    JobFilter filter;
    filter.system = m_scope.system;
    if (!m_scope.queue.isEmpty()) filter.queues << m_scope.queue;
    filter.kind = m_kind->text().trimmed();
    filter.error_signature = m_signature;
    filter.ids = m_id->text().simplified().split(u' ', Qt::SkipEmptyParts);
    const QVariantList ages = m_age->currentData().toList();
    if (ages.size() == 2) {
        filter.older_than_s = unpacked(ages[0]);
        filter.newer_than_s = unpacked(ages[1]);
    }
    return filter;
}

bool DeadFilterBar::isFiltered() const {
    const JobFilter filter = this->filter();
    return !filter.kind.isEmpty() || !filter.error_signature.isEmpty() || !filter.ids.isEmpty() ||
           filter.older_than_s || filter.newer_than_s;
}

void DeadFilterBar::setGroup(const QString& signature, const QString& kind) {
    m_quiet = true;
    m_error->setText(signature);
    m_error->setCursorPosition(0);
    m_kind->setText(kind);
    m_quiet = false;
    m_signature = signature;  // not normalised once more
    say();
}

void DeadFilterBar::setAges(std::optional<double> older_than_s, std::optional<double> newer_than_s,
                            const QString& name) {
    const QVariantList ages = packed({older_than_s, newer_than_s});
    int index = m_age->findData(ages);
    if (index < 0) {
        m_age->addItem(name, ages);
        index = m_age->count() - 1;
    }
    m_age->setCurrentIndex(index);
    say();
}

void DeadFilterBar::clear() {
    m_quiet = true;
    for (QLineEdit* field : {m_kind, m_error, m_id}) field->clear();
    m_age->setCurrentIndex(0);
    m_quiet = false;
    m_clear->setEnabled(false);
}

void DeadFilterBar::focusFirst() {
    m_error->setFocus(Qt::ShortcutFocusReason);
    m_error->selectAll();
}

}  // namespace spillway
