using System.Runtime.CompilerServices;

namespace SharpRunc.Linux;

using static SharpRunc.Linux.LibC.Libc;

// How Sys calls a function of the C library (Tmds.LibC): like a call by number, it is told to Probe and Timed, and repeated after a signal.
internal static unsafe partial class Sys
{
    /// <summary>
    /// <c>while (call.IsDue) call.Returned(function(…));</c>
    /// </summary>
    private ref struct LibraryCall
    {
        private readonly string name;
        private readonly string? subject;
        private readonly long began;
        private nint result;
        private int failure;

        [MethodImpl(MethodImplOptions.NoInlining)]
        public LibraryCall(string name, string? subject)
        {
            this.name = name;
            this.subject = subject;
            failure = Probe?.Invoke(name, subject) ?? 0;
            result = failure == 0 ? 0 : -1;
            IsDue = failure == 0;
            began = Timed == null ? 0 : MonotonicNanoseconds();
        }

        /// <summary>Whether to make it: it has not been made yet, or a signal interrupted it.</summary>
        public bool IsDue { get; private set; }

        /// <summary>Must follow the call immediately: errno is read here.</summary>
        [MethodImpl(MethodImplOptions.NoInlining)]
        public void Returned(nint value)
        {
            result = value;
            failure = value == -1 ? errno : 0;
            IsDue = failure == EINTR;
            if (began != 0 && !IsDue && Timed != null)
                Timed(name, subject, began, failure == 0 ? value : -failure);
        }

        /// <summary>How it ended, and what it returned if it succeeded; −1 otherwise.</summary>
        public readonly SysError Error => failure == 0 ? default : new(name, subject, failure);

        public readonly nint Result => result;

        /// <summary>What it returned; throws if it failed.</summary>
        public readonly nint ResultOrThrow()
        {
            Error.ThrowIfFailed();
            return result;
        }
    }
}
