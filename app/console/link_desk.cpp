#include "app/console/link_desk.h"

#include <QClipboard>
#include <QGuiApplication>

#include "backends/domain/human_text.h"
#include "widgets/pages/workspace.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// The system that has the queue, where the link does not say which.
QueueRef completed(QueueRef target, const Reading& reading) {
    if (target.queue.isEmpty() || !target.system.isEmpty()) return target;
    for (const auto& system : reading.systems)
        for (const auto& queue : system.queues)
            if (queue.reading.queue == target.queue) {
                target.system = system.identity.key();
                return target;
            }
    return target;
}

}  // namespace

LinkDesk::LinkDesk(Workspace* workspace, std::function<bool(const QString&)> openSaved, QObject* parent)
    : QObject(parent), m_workspace(workspace), m_openSaved(std::move(openSaved)) {}

void LinkDesk::follow(const QString& link) {
    const auto place = placeFromLink(link);
    if (!place) return emit failed(u"Not a place in here"_s, place.failure());
    m_awaited = *place;
    const QString name = place->target.connection;
    if (findConnection(m_views, name)) return setConnections(m_views);
    if (m_openSaved(name)) return;
    m_awaited.reset();
    emit failed(
        u"Not a place in here"_s,
        Failure{FailureKind::usage,
                u"The link is about a connection \"%1\", and none of that name is saved or open here."_s.arg(
                    visibleText(name, 60)),
                {},
                u"Save the connection under that name, or ask whoever sent it what they call it."_s});
}

void LinkDesk::setConnections(const ConnectionViews& views) {
    m_views = views;
    if (!m_awaited) return;
    const ConnectionView* view = findConnection(m_views, m_awaited->target.connection);
    const bool failed = view && !view->last && view->failure;  // the window says so; nobody jumps there later
    if (failed || go(*m_awaited)) m_awaited.reset();
}

bool LinkDesk::go(const PlaceLink& link) {
    const ConnectionView* view = findConnection(m_views, link.target.connection);
    if (!view || !view->last) return false;
    m_workspace->showLink({completed(link.target, *view->last), link.place, link.range_min, link.span});
    return true;
}

void LinkDesk::copy() const {
    const auto link = m_workspace->shownLink();
    if (link.target.connection.isEmpty()) return;
    QGuiApplication::clipboard()->setText(linkTo(link));
}

}  // namespace spillway
