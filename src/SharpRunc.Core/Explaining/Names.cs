using System;
using System.Collections.Generic;
using SharpRunc.Core.Seccomp;

namespace SharpRunc.Core.Explaining;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>The reverse of the table: names by number, for one architecture.</summary>
internal sealed class SyscallNames
{
    private readonly Architecture architecture;
    private readonly Dictionary<uint, string> names = [];

    public SyscallNames(Architecture architecture)
    {
        this.architecture = architecture;
        for (int i = 0; i < SyscallTable.Count; i++)
        {
            int number = architecture.Number(i);
            if (number >= 0)
                names[architecture.NumberBase + (uint)number] = SyscallTable.Name(i);
        }
    }

    /// <param name="number">With the architecture's base.</param>
    public string? Find(uint number) => names.GetValueOrDefault(number);

    /// <summary><c>59 execve</c>, or only the number.</summary>
    public string Label(uint number) => Find(number) is { } name ? $"{Number(number)} {name}" : Number(number);

    /// <summary>As written in headers: in hexadecimal for x32, so that its bit is visible.</summary>
    public string Number(uint number)
    {
        if (architecture.NumberBase == X32_SYSCALL_BIT)
            return Wording.Hex(number);
        return number > int.MaxValue ? ((int)number).ToString() : number.ToString();
    }

    /// <summary>A guess for an unknown name: <c>; did you mean "open"?</c>, or "".</summary>
    public static string Suggestion(string name)
    {
        for (int i = 0; i < SyscallTable.Count; i++)
        {
            string known = SyscallTable.Name(i);
            if (IsOneEditAway(known, name))
                return $"; did you mean \"{known}\"?";
        }
        return "";
    }

    /// <summary>One letter added, removed or replaced, or two neighbours swapped.</summary>
    private static bool IsOneEditAway(string a, string b)
    {
        if (a.Length < b.Length)
            (a, b) = (b, a);
        if (a.Length - b.Length > 1)
            return false;
        int at = 0;
        while (at < b.Length && a[at] == b[at])
            at++;
        if (a.Length > b.Length)
            return a.AsSpan(at + 1).SequenceEqual(b.AsSpan(at));
        if (at == b.Length)
            return false;
        return a.AsSpan(at + 1).SequenceEqual(b.AsSpan(at + 1))
            || at + 1 < a.Length && a[at] == b[at + 1] && a[at + 1] == b[at] && a.AsSpan(at + 2).SequenceEqual(b.AsSpan(at + 2));
    }
}

/// <summary>The names that users and engines give to an architecture: SCMP_ARCH_AARCH64, aarch64, arm64.</summary>
internal static class ArchitectureName
{
    private const string Prefix = "SCMP_ARCH_";

    /// <summary>Names used by Go and by distributions, where they differ.</summary>
    private static readonly (string Alias, string Name)[] Aliases =
    [
        ("AMD64", "X86_64"), ("386", "X86"), ("I386", "X86"), ("I686", "X86"), ("ARM64", "AARCH64"), ("LOONG64", "LOONGARCH64"),
        ("MIPSLE", "MIPSEL"), ("MIPS64LE", "MIPSEL64"), ("MIPS64P32", "MIPS64N32"), ("MIPS64P32LE", "MIPSEL64N32"),
        ("MIPS64EL", "MIPSEL64"), ("PPC64EL", "PPC64LE"), ("SH4", "SH"),
    ];

    /// <summary>Null if there is no such architecture.</summary>
    public static Architecture? Find(string text)
    {
        string name = text.ToUpperInvariant();
        if (name.StartsWith(Prefix, StringComparison.Ordinal))
            name = name[Prefix.Length..];
        foreach ((string alias, string known) in Aliases)
            if (name == alias)
                name = known;
        return Architecture.Find(Prefix + name);
    }

    /// <exception cref="ContainerException">There is no such architecture.</exception>
    public static Architecture Require(string text)
        => Find(text) ?? throw new ContainerException(ErrorCode.UsageValue, $"unknown architecture \"{text}\": {string.Join(", ", All())}");

    /// <summary>x86_64, aarch64 ….</summary>
    public static string Short(Architecture architecture) => architecture.Name[Prefix.Length..].ToLowerInvariant();

    /// <summary>All short names.</summary>
    public static string[] All() => Array.ConvertAll(Architecture.All, Short);
}

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
