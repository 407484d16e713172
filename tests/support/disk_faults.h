// What a disk does to a program at night, for as long as the object lives.
#pragma once

#include <sys/fsuid.h>
#include <sys/resource.h>

#include <QFile>
#include <QFileInfo>
#include <csignal>

namespace spillway::test {

// No file of this process grows beyond `bytes`: writing there fails as on a full disk (EFBIG for ENOSPC).
class FullDisk {
public:
    explicit FullDisk(qint64 bytes) : m_handler(std::signal(SIGXFSZ, SIG_IGN)) {
        ::getrlimit(RLIMIT_FSIZE, &m_before);
        set(static_cast<rlim_t>(bytes), m_before.rlim_max);
    }
    ~FullDisk() {
        set(m_before.rlim_cur, m_before.rlim_max);
        std::signal(SIGXFSZ, m_handler);
    }
    Q_DISABLE_COPY_MOVE(FullDisk)

private:
    static void set(rlim_t soft, rlim_t hard) {
        const rlimit limit{soft, hard};
        if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) qFatal("RLIMIT_FSIZE cannot be set");
    }
    void (*m_handler)(int);
    rlimit m_before{};
};

// This thread has nobody's rights over files, also where the tests run as root, who may write everywhere.
class NobodysRights {
public:
    NobodysRights()
        : m_group(static_cast<gid_t>(::setfsgid(65534))), m_user(static_cast<uid_t>(::setfsuid(65534))) {}
    ~NobodysRights() {
        ::setfsuid(m_user);
        ::setfsgid(m_group);
    }
    Q_DISABLE_COPY_MOVE(NobodysRights)

    // What everybody may read and nobody but root may write.
    static bool readable(const QString& path) {
        const auto read = QFile::ReadOwner | QFile::ReadGroup | QFile::ReadOther;
        const auto enter = QFile::ExeOwner | QFile::ExeGroup | QFile::ExeOther;
        return QFile::setPermissions(path, QFileInfo(path).isDir() ? read | enter : read);
    }

private:
    gid_t m_group;
    uid_t m_user;
};

}  // namespace spillway::test
