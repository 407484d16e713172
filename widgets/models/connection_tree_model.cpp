#include "widgets/models/connection_tree_model.h"

#include <QHash>
#include <QSet>
#include <algorithm>

#include "backends/domain/human_text.h"
#include "widgets/models/connection_label.h"
#include "widgets/parts/icon.h"
#include "widgets/parts/safe_label.h"
#include "widgets/parts/theme.h"

namespace spillway {
using namespace Qt::StringLiterals;

struct ConnectionTreeModel::Wanted {
    QString key;
    QString label;     // empty: the key, made visible when it is shown for the first time
    QString icon;      // severity or connection state
    bool dim = false;  // old: in grey
    QString state;     // the same in words, for tool tip and screen reader
    QueueRef ref;
    std::vector<Wanted> children;
};

struct ConnectionTreeModel::Node {
    Node* parent = nullptr;
    int row = 0;
    Wanted shown;  // its children are not used
    Nodes children;
};

namespace {

QString stateIcon(const ConnectionView& view) {
    switch (view.state) {
        case ConnectionState::connecting:
            return u"connecting"_s;
        case ConnectionState::stale:
            return u"stale"_s;
        case ConnectionState::failed:
            return u"failed"_s;
        case ConnectionState::live:
            break;
    }
    return severityIcon(worstSeverity(view));
}

QString stateText(const ConnectionView& view) {
    switch (view.state) {
        case ConnectionState::connecting:
            return u"Connecting…"_s;
        case ConnectionState::stale:
            return u"Not answering; the figures are old.\n%1"_s.arg(view.failure ? view.failure->sentence()
                                                                                 : QString());
        case ConnectionState::failed:
            return view.failure ? view.failure->sentence() : u"Not connected"_s;
        case ConnectionState::live:
            break;
    }
    return severityWord(worstSeverity(view));
}

std::optional<Severity> worstOf(const SystemHealth& system) {
    std::optional<Severity> worst;
    for (const auto& queue : system.queues)
        if (queue.severity && (!worst || *queue.severity > *worst)) worst = queue.severity;
    return worst;
}

QString branchText(const SystemIdentity& identity) {
    return identity.version.isEmpty() ? identity.label()
                                      : u"%1 %2"_s.arg(identity.label(), visibleText(identity.version, 30));
}

bool isSystem(const QueueRef& ref) {
    return !ref.system.isEmpty() && ref.queue.isEmpty();
}

constexpr QChar kFolderMark = u'\0';  // in no name of a connection

// How much it matters to see it from a folder that is closed.
qsizetype rankOf(const QString& icon) {
    static const QStringList kOrder{u"quiet"_s, u"info"_s,     u"connecting"_s, u"warning"_s,
                                    u"stale"_s, u"critical"_s, u"failed"_s};
    return kOrder.indexOf(icon);
}

QColor colorOf(const QString& icon, const ThemeTokens& tokens) {
    if (icon == "critical"_L1) return tokens.critical;
    if (icon == "warning"_L1 || icon == "stale"_L1) return tokens.warning;
    if (icon == "failed"_L1) return tokens.critical;
    if (icon == "info"_L1) return tokens.selection;
    return tokens.secondary;
}

}  // namespace

ConnectionTreeModel::ConnectionTreeModel(QObject* parent)
    : QAbstractItemModel(parent), m_root(std::make_unique<Node>()) {}
ConnectionTreeModel::~ConnectionTreeModel() = default;

ConnectionTreeModel::Wanted ConnectionTreeModel::wantedFor(const ConnectionView& view) {
    Wanted connection{
        view.name, connectionLabel(view.name), stateIcon(view), false, stateText(view), {view.name, {}, {}},
        {}};
    if (!view.last) return connection;
    const bool live = view.state == ConnectionState::live;
    for (const auto& system : view.last->systems) {
        const QString key = system.identity.key();
        const auto worst = worstOf(system);
        Wanted branch{key,   branchText(system.identity), severityIcon(worst),
                      !live, severityWord(worst),         {view.name, key, {}},
                      {}};
        branch.children.reserve(system.queues.size());
        for (const auto& queue : system.queues)
            branch.children.push_back({queue.reading.queue,
                                       {},
                                       severityIcon(queue.severity),
                                       !live,
                                       severityWord(queue.severity),
                                       {view.name, key, queue.reading.queue},
                                       {}});
        connection.children.push_back(std::move(branch));
    }
    return connection;
}

void ConnectionTreeModel::putInto(std::vector<Wanted>& all, const QString& folder, Wanted connection) {
    const QString key = kFolderMark + folder;
    auto it = std::ranges::find(all, key, &Wanted::key);
    if (it == all.end())
        it = all.insert(all.end(), {key, visibleText(folder, 60), u"quiet"_s, false, {}, {}, {}});
    if (it->children.empty() || rankOf(connection.icon) > rankOf(it->icon)) {
        it->icon = connection.icon;
        it->state = connection.state;
    }
    it->children.push_back(std::move(connection));
}

void ConnectionTreeModel::setConnections(const ConnectionViews& views) {
    std::vector<Wanted> wanted;
    for (const auto& view : views)
        if (view.folder.isEmpty())
            wanted.push_back(wantedFor(view));
        else
            putInto(wanted, view.folder, wantedFor(view));
    merge(*m_root, wanted);
}

void ConnectionTreeModel::merge(Node& parent, const std::vector<Wanted>& wanted) {
    const bool sameKeys =
        std::equal(parent.children.begin(), parent.children.end(), wanted.begin(), wanted.end(),
                   [](const auto& node, const Wanted& w) { return node->shown.key == w.key; });
    if (!sameKeys) {
        removeOthers(parent, wanted);
        insertNew(parent, wanted);
    }
    QHash<QString, Node*> byKey;
    if (!sameKeys)
        for (const auto& node : parent.children) byKey.insert(node->shown.key, node.get());
    for (size_t i = 0; i < wanted.size(); ++i) {
        Node& node = sameKeys ? *parent.children[i] : *byKey.value(wanted[i].key);
        show(node, wanted[i]);
        merge(node, wanted[i].children);
    }
}

void ConnectionTreeModel::removeOthers(Node& parent, const std::vector<Wanted>& wanted) {
    QSet<QString> keys;
    for (const auto& w : wanted) keys.insert(w.key);
    const QModelIndex at = indexFor(parent);
    for (auto i = static_cast<int>(parent.children.size()) - 1; i >= 0; --i) {
        if (keys.contains(parent.children[static_cast<size_t>(i)]->shown.key)) continue;
        beginRemoveRows(at, i, i);
        parent.children.erase(parent.children.begin() + i);
        for (size_t j = static_cast<size_t>(i); j < parent.children.size(); ++j)
            parent.children[j]->row = static_cast<int>(j);
        endRemoveRows();
    }
}

// New ones come to the end: nothing that a person may be aiming at moves.
void ConnectionTreeModel::insertNew(Node& parent, const std::vector<Wanted>& wanted) {
    QSet<QString> known;
    for (const auto& node : parent.children) known.insert(node->shown.key);
    std::vector<const Wanted*> fresh;
    for (const auto& w : wanted) {
        if (known.contains(w.key)) continue;
        known.insert(w.key);
        fresh.push_back(&w);
    }
    if (fresh.empty()) return;
    const auto first = static_cast<int>(parent.children.size());
    beginInsertRows(indexFor(parent), first, first + static_cast<int>(fresh.size()) - 1);
    for (const Wanted* w : fresh) {
        auto node = std::make_unique<Node>();
        node->parent = &parent;
        node->row = static_cast<int>(parent.children.size());
        node->shown = {w->key,   w->label.isEmpty() ? visibleText(w->key, 120) : w->label,
                       w->icon,  w->dim,
                       w->state, w->ref,
                       {}};
        parent.children.push_back(std::move(node));
    }
    endInsertRows();
}

void ConnectionTreeModel::show(Node& node, const Wanted& wanted) {
    const QString& label = wanted.label.isEmpty() ? node.shown.label : wanted.label;
    if (node.shown.label == label && node.shown.icon == wanted.icon && node.shown.dim == wanted.dim &&
        node.shown.state == wanted.state)
        return;
    node.shown.label = label;
    node.shown.icon = wanted.icon;
    node.shown.dim = wanted.dim;
    node.shown.state = wanted.state;
    const QModelIndex at = indexFor(node);
    emit dataChanged(at, at);
}

ConnectionTreeModel::Node& ConnectionTreeModel::nodeOf(const QModelIndex& index) const {
    return index.isValid() ? *static_cast<Node*>(index.internalPointer()) : *m_root;
}

QModelIndex ConnectionTreeModel::indexFor(const Node& node) const {
    return &node == m_root.get() ? QModelIndex() : createIndex(node.row, 0, &node);
}

const ConnectionTreeModel::Node* ConnectionTreeModel::childOf(const Node& node, const QString& key) {
    for (const auto& child : node.children) {
        if (child->shown.key == key) return child.get();
        if (!child->shown.key.startsWith(kFolderMark)) continue;
        if (const Node* inside = childOf(*child, key)) return inside;
    }
    return nullptr;
}

QModelIndex ConnectionTreeModel::indexOf(const QueueRef& ref) const {
    const Node* node = m_root.get();
    for (const QString& key : {ref.connection, ref.system, ref.queue}) {
        if (key.isEmpty()) break;
        node = childOf(*node, key);
        if (!node) return {};
    }
    return indexFor(*node);
}

QModelIndex ConnectionTreeModel::index(int row, int column, const QModelIndex& parent) const {
    if (!hasIndex(row, column, parent)) return {};
    return createIndex(row, column, nodeOf(parent).children[static_cast<size_t>(row)].get());
}

QModelIndex ConnectionTreeModel::parent(const QModelIndex& child) const {
    return child.isValid() ? indexFor(*nodeOf(child).parent) : QModelIndex();
}

int ConnectionTreeModel::rowCount(const QModelIndex& parent) const {
    return parent.column() > 0 ? 0 : static_cast<int>(nodeOf(parent).children.size());
}

int ConnectionTreeModel::columnCount(const QModelIndex&) const {
    return 1;
}

Qt::ItemFlags ConnectionTreeModel::flags(const QModelIndex& index) const {
    const bool folder = index.isValid() && nodeOf(index).shown.ref.isEmpty();
    return folder ? Qt::ItemIsEnabled : QAbstractItemModel::flags(index);
}

QVariant ConnectionTreeModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const Wanted& shown = nodeOf(index).shown;
    switch (role) {
        case Qt::DisplayRole:
            return shown.label;
        case Qt::DecorationRole:
            return icon(shown.icon,
                        shown.dim ? currentTokens().secondary : colorOf(shown.icon, currentTokens()));
        case Qt::ForegroundRole:
            return shown.dim ? QVariant(currentTokens().secondary) : QVariant();
        case Qt::ToolTipRole:
            return plainToolTip(u"%1\n%2"_s.arg(
                isSystem(shown.ref) || shown.ref.isEmpty() ? shown.label : shown.key, shown.state));
        case Qt::AccessibleTextRole:
            return u"%1, %2"_s.arg(shown.label, shown.state);
        case RefRole:
            return QVariant::fromValue(shown.ref);
        case IconRole:
            return shown.icon;
        default:
            return {};
    }
}

}  // namespace spillway
