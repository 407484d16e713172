// Follows links to places of the window: opens the saved connection they name where it is not open, waits
// for its first reading, and goes there. A link only leads somewhere; it never acts. GUI thread.
#pragma once

#include <QObject>
#include <functional>
#include <optional>

#include "widgets/models/connection_view.h"
#include "widgets/models/place_link.h"

namespace spillway {

class Workspace;

class LinkDesk : public QObject {
    Q_OBJECT
public:
    // `openSaved`: opens the connection that is saved under this name; false: none is.
    LinkDesk(Workspace* workspace, std::function<bool(const QString&)> openSaved, QObject* parent = nullptr);

    void follow(const QString& link);
    void copy() const;  // what is shown, to the clipboard
    void setConnections(const ConnectionViews& views);

signals:
    void failed(const QString& title, const spillway::Failure& failure);

private:
    [[nodiscard]] bool go(const PlaceLink& link);

    Workspace* m_workspace;
    std::function<bool(const QString&)> m_openSaved;
    ConnectionViews m_views;
    std::optional<PlaceLink> m_awaited;  // until its connection has been read
};

}  // namespace spillway
