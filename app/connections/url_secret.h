// The password inside a connection URL or key=value string: taken out before anything is saved.
#pragma once

#include <QString>

namespace spillway {

struct UrlWithoutSecret {
    QString url;       // as given, less the password; still connects where no password is asked for
    QString password;  // decoded; empty = there was none

    bool operator==(const UrlWithoutSecret&) const = default;
};

// Understands scheme://user:password@host, ?password= and password= in libpq's key=value form.
[[nodiscard]] UrlWithoutSecret splitSecret(const QString& url);

}  // namespace spillway
