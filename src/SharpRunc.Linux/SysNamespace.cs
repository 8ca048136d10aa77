namespace SharpRunc.Linux;

using static SharpRunc.Linux.LibC.Libc;

// Namespaces, and the names that one holds.
internal static unsafe partial class Sys
{
    public static void Unshare(ulong flags, string subject)
    {
        LibraryCall call = new("unshare", subject);
        while (call.IsDue)
            call.Returned(unshare((int)flags));
        call.ResultOrThrow();
    }

    public static void Setns(Fd ns, ulong type, string subject) => TrySetns(ns, type, subject).ThrowIfFailed();

    public static SysError TrySetns(Fd ns, ulong type, string subject)
    {
        LibraryCall call = new("setns", subject);
        while (call.IsDue)
            call.Returned(setns(ns.Number, (int)type));
        return call.Error;
    }

    /// <summary>CLONE_NEW…; −1 if it is no namespace.</summary>
    public static int TryNamespaceType(Fd ns, string subject) => (int)Attempt("ioctl", subject, out _, SYS_ioctl, ns.Number, NS_GET_NSTYPE);

    /// <summary>The user namespace that owns it; EPERM if that is above the caller's.</summary>
    public static Fd? TryNamespaceOwner(Fd ns, string subject, out SysError error)
        => TryOpen("ioctl NS_GET_USERNS", subject, out error, SYS_ioctl, ns.Number, NS_GET_USERNS);

    public static void SetHostname(string name)
    {
        LibraryCall call = new("sethostname", name);
        fixed (byte* p = CString(name))
            while (call.IsDue)
                call.Returned(sethostname(p, KernelText.Length(name)));
        call.ResultOrThrow();
    }

    public static void SetDomainname(string name)
    {
        LibraryCall call = new("setdomainname", name);
        fixed (byte* p = CString(name))
            while (call.IsDue)
                call.Returned(setdomainname(p, KernelText.Length(name)));
        call.ResultOrThrow();
    }
}
