// Connections, in their folders where they have one, their queue systems, their queues. Updated by key, so
// that selection and what is folded out survive every poll. GUI thread.
#pragma once

#include <QAbstractItemModel>
#include <memory>
#include <vector>

#include "widgets/models/connection_view.h"
#include "widgets/models/queue_ref.h"

namespace spillway {

class ConnectionTreeModel : public QAbstractItemModel {
    Q_OBJECT
public:
    enum Role {
        RefRole =
            Qt::UserRole,  // QueueRef; `queue` and `system` are empty on the upper levels, all of a folder's
        IconRole,          // name of the icon that tells the state
    };
    explicit ConnectionTreeModel(QObject* parent = nullptr);
    ~ConnectionTreeModel() override;

    void setConnections(const ConnectionViews& views);
    [[nodiscard]] QModelIndex indexOf(const QueueRef& ref) const;  // invalid if unknown

    [[nodiscard]] QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    [[nodiscard]] QModelIndex parent(const QModelIndex& child) const override;
    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex& index) const override;  // a folder is not chosen
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;

private:
    struct Node;
    struct Wanted;  // what a node should show, with its children
    using Nodes = std::vector<std::unique_ptr<Node>>;

    [[nodiscard]] static Wanted wantedFor(const ConnectionView& view);
    static void putInto(std::vector<Wanted>& folders, const QString& folder, Wanted connection);
    void merge(Node& parent, const std::vector<Wanted>& wanted);
    void removeOthers(Node& parent, const std::vector<Wanted>& wanted);
    void insertNew(Node& parent, const std::vector<Wanted>& wanted);
    void show(Node& node, const Wanted& wanted);
    [[nodiscard]] static const Node* childOf(const Node& node, const QString& key);
    [[nodiscard]] Node& nodeOf(const QModelIndex& index) const;
    [[nodiscard]] QModelIndex indexFor(const Node& node) const;

    std::unique_ptr<Node> m_root;
};

}  // namespace spillway
