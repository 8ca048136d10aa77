using System;

namespace SharpRunc.Core.Explaining;

/// <summary>Names of errno(3) values: asm-generic/errno-base.h and asm-generic/errno.h.</summary>
internal static class ErrnoName
{
    /// <summary>Starts at 1, ten a line; a dash is an unused number.</summary>
    private const string Names =
        "EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD " +
        "EAGAIN ENOMEM EACCES EFAULT ENOTBLK EBUSY EEXIST EXDEV ENODEV ENOTDIR " +
        "EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG ENOSPC ESPIPE EROFS " +
        "EMLINK EPIPE EDOM ERANGE EDEADLK ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY ELOOP " +
        "- ENOMSG EIDRM ECHRNG EL2NSYNC EL3HLT EL3RST ELNRNG EUNATCH ENOCSI " +
        "EL2HLT EBADE EBADR EXFULL ENOANO EBADRQC EBADSLT - EBFONT ENOSTR " +
        "ENODATA ETIME ENOSR ENONET ENOPKG EREMOTE ENOLINK EADV ESRMNT ECOMM " +
        "EPROTO EMULTIHOP EDOTDOT EBADMSG EOVERFLOW ENOTUNIQ EBADFD EREMCHG ELIBACC ELIBBAD " +
        "ELIBSCN ELIBMAX ELIBEXEC EILSEQ ERESTART ESTRPIPE EUSERS ENOTSOCK EDESTADDRREQ EMSGSIZE " +
        "EPROTOTYPE ENOPROTOOPT EPROTONOSUPPORT ESOCKTNOSUPPORT EOPNOTSUPP EPFNOSUPPORT EAFNOSUPPORT EADDRINUSE EADDRNOTAVAIL ENETDOWN " +
        "ENETUNREACH ENETRESET ECONNABORTED ECONNRESET ENOBUFS EISCONN ENOTCONN ESHUTDOWN ETOOMANYREFS ETIMEDOUT " +
        "ECONNREFUSED EHOSTDOWN EHOSTUNREACH EALREADY EINPROGRESS ESTALE EUCLEAN ENOTNAM ENAVAIL EISNAM " +
        "EREMOTEIO EDQUOT ENOMEDIUM EMEDIUMTYPE ECANCELED ENOKEY EKEYEXPIRED EKEYREVOKED EKEYREJECTED EOWNERDEAD " +
        "ENOTRECOVERABLE ERFKILL EHWPOISON";

    /// <summary>Null for a number without a name.</summary>
    public static string? Find(uint errno)
    {
        string[] names = Names.Split(' ');
        return errno >= 1 && errno <= names.Length && names[errno - 1] != "-" ? names[errno - 1] : null;
    }

    /// <summary>Null for an unknown name.</summary>
    public static uint? Number(string name)
    {
        int index = name == "-" ? -1 : Array.IndexOf(Names.Split(' '), name);
        return index < 0 ? null : (uint)index + 1;
    }
}
