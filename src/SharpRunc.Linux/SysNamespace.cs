using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Linux;

// Namespaces, and the names that one holds.
internal static unsafe partial class Sys
{
    public static void Unshare(ulong flags, string subject) => Call("unshare", subject, SYS_unshare, (nint)flags);

    public static void Setns(Fd ns, ulong type, string subject) => TrySetns(ns, type, subject).ThrowIfFailed();

    public static SysError TrySetns(Fd ns, ulong type, string subject) => Attempt("setns", subject, SYS_setns, ns.Number, (nint)type);

    /// <summary>CLONE_NEW…; −1 if it is no namespace.</summary>
    public static int TryNamespaceType(Fd ns, string subject) => (int)Attempt("ioctl", subject, out _, SYS_ioctl, ns.Number, NS_GET_NSTYPE);

    /// <summary>The user namespace that owns it; EPERM if that is above the caller's.</summary>
    public static Fd? TryNamespaceOwner(Fd ns, string subject, out SysError error)
        => TryOpen("ioctl NS_GET_USERNS", subject, out error, SYS_ioctl, ns.Number, NS_GET_USERNS);

    public static void SetHostname(string name)
    {
        fixed (byte* p = CString(name))
            Call("sethostname", name, SYS_sethostname, (nint)p, KernelText.Length(name));
    }

    public static void SetDomainname(string name)
    {
        fixed (byte* p = CString(name))
            Call("setdomainname", name, SYS_setdomainname, (nint)p, KernelText.Length(name));
    }
}
