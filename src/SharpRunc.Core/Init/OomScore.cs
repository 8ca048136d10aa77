using SharpRunc.Core.Plan;
using SharpRunc.Linux;

namespace SharpRunc.Core.Init;

/// <summary>config.md#linux-process, oomScoreAdj.</summary>
internal static class OomScore
{
    /// <summary>
    /// Called in the child before it joins anything: the file is still the child's own then, whatever user the runtime has. A second clone
    /// inherits the value.
    /// </summary>
    public static void Set(ProcessPlan plan)
    {
        if (plan.Process?.OomScoreAdj is not { } score)
            return;
        try
        {
            plan.Proc!.Write("self/oom_score_adj", score.ToString());
        }
        catch (SysException e)
        {
            string operation = $"cannot set the OOM score adjustment to {score}";
            const string Hint = "a value below the runtime's own needs CAP_SYS_RESOURCE";
            throw ContainerException.From(ErrorCode.ProcessOomScore, e, operation, "/process/oomScoreAdj", Hint);
        }
    }
}
