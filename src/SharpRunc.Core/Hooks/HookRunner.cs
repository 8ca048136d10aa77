using System;
using SharpRunc.Core.LastMile;
using SharpRunc.Core.Plan;
using SharpRunc.Core.Spec;
using SharpRunc.Core.State;
using SharpRunc.Linux;

namespace SharpRunc.Core.Hooks;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// config.md#posix-platform-hooks: runs hooks in the listed order, with the container's state on stdin. The last mile runs startContainer
/// hooks.
/// </summary>
internal static unsafe class HookRunner
{
    /// <summary>
    /// runtime.md#state: `creating` is step 2 of the lifecycle, `created` is after it, and the hooks of create are steps 3 to 5. Others see
    /// the container as `creating` until create returns, because only then it can be started.
    /// </summary>
    private const string Created = "created";

    /// <summary>Runs prestart, then createRuntime: in the runtime's namespaces, before the roots are switched.</summary>
    public static void RunCreate(ContainerState state, Config config)
    {
        byte[] json = StateJson.ForHook(state.Id, Created, state.InitPid, state.Bundle, state.Annotations);
        Run("prestart", config.Hooks.Prestart, json, RuntimeEnvironment());
        Run("createRuntime", config.Hooks.CreateRuntime, json, RuntimeEnvironment());
    }

    /// <summary>Runs createContainer in the container's namespaces; paths are still the host's.</summary>
    /// <param name="runtime">The channel; a hook is killed when the runtime closes it.</param>
    public static void RunInContainer(InitPlan plan, Fd runtime)
    {
        Hook[] hooks = plan.Hooks.CreateContainer;
        Run("createContainer", hooks, StateInContainer(plan, Created), [], 0, hooks.Length, runtime.Number);
    }

    /// <summary>Runs poststart in the bundle, as the hooks of create and run are: the caller of `start` may be in any directory.</summary>
    public static void RunPoststart(ContainerState state)
    {
        if (state.Poststart.Length == 0)
            return;
        _ = Sys.TryChdir(state.Bundle); // if it was removed since create, the hooks run all the same
        InheritedFds.Protect();
        byte[] json = StateJson.ForHook(state.Id, "running", state.InitPid, state.Bundle, state.Annotations);
        Run("poststart", state.Poststart, json, RuntimeEnvironment());
    }

    /// <summary>
    /// Runs poststop. "If any poststop hook fails, the runtime MUST log a warning, but the remaining hooks and lifecycle continue."
    /// </summary>
    public static void RunPoststop(RuntimeContext context, ContainerState state)
    {
        if (state.Poststop.Length == 0)
            return;
        InheritedFds.Protect();
        byte[] json = StateJson.ForHook(state.Id, "stopped", 0, state.Bundle, state.Annotations);
        for (int i = 0; i < state.Poststop.Length; i++)
            try
            {
                Run("poststop", state.Poststop, json, RuntimeEnvironment(), i, i + 1);
            }
            catch (ContainerException e)
            {
                context.Warn(e.Message);
            }
    }

    /// <summary>The state with the pid in the numbering of the container's PID namespace.</summary>
    public static byte[] StateInContainer(InitPlan plan, string status)
        => StateJson.ForHook(plan.Id, status, Sys.GetPid(), plan.Bundle, plan.Annotations);

    /// <summary>The error of a hook: which one, its path, how it ended, how long it ran, and the end of its output.</summary>
    public static ContainerException Error(string kind, int index, string path, HookOutcome outcome, string output)
    {
        string end = outcome.Errno != 0 ? strerror(outcome.Errno)
            : outcome.TimedOut != 0 ? "timed out"
            : outcome.Status > 128 ? Signals.Describe(outcome.Status - 128)
            : $"exit status {outcome.Status}";
        ErrorCode code = outcome.TimedOut != 0 ? ErrorCode.HookTimeout
            : outcome.Errno is ENOENT or EACCES or ENOEXEC ? ErrorCode.HookMissing
            : ErrorCode.HookFailed;
        return new(code, $"error running {kind} hook #{index}: {path}: {end} after {outcome.Milliseconds} ms, output: {output.TrimEnd()}")
        {
            Pointer = $"/hooks/{kind}/{index}",
            Errno = outcome.Errno,
        };
    }

    private static void Run(string kind, Hook[] hooks, byte[] state, string[] environment)
        => Run(kind, hooks, state, environment, 0, hooks.Length);

    private static void Run(string kind, Hook[] hooks, byte[] state, string[] environment, int from, int to, int? interruption = null)
    {
        if (from == to)
            return;
        Progress.Enter(Stage.Hooks);
        HookData* laid = HookLayout.LayOut(hooks, state, environment, inheritWhenEmpty: false, interruption);
        try
        {
            for (int i = from; i < to; i++)
            {
                HookOutcome outcome;
                using (Trace.Step(TraceKind.Hook, kind, hooks[i].Path))
                    Spawn.Run(&laid[i], &outcome);
                Steps.Log($"{kind} hook #{i} {hooks[i].Path}: {outcome.Milliseconds} ms, status {outcome.Status}, errno {outcome.Errno}");
                if (outcome.Interrupted != 0)
                    Interruption.End();
                if (outcome.Errno != 0 || outcome.Status != 0 || outcome.TimedOut != 0)
                    throw Error(kind, i, hooks[i].Path, outcome, Tail(laid[i].Output));
            }
        }
        finally
        {
            HookLayout.CloseOutputs(laid, hooks.Length);
        }
    }

    private static string Tail(int file)
    {
        byte* text = stackalloc byte[Failure.TextSize];
        return KernelText.Decode(new ReadOnlySpan<byte>(text, Spawn.ReadTail(file, text, Failure.TextSize)));
    }

    /// <summary>The runtime's own environment, inherited by a hook without `env`.</summary>
    public static string[] RuntimeEnvironment() => ProcessStrings.Environment();
}
