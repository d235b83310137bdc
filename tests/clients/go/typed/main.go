// The classic SDK with its typed requests and responses; it signs V1. Its SMC package is older than
// activation codes: those actions go through its CommonRequest.
package main

import (
	"encoding/json"
	"errors"
	"fmt"

	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/ecs"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/ram"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/smc"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/sts"

	"clients/calls"
)

// action calls one action with parameters under the API's names.
type action func(login calls.Login, parameters map[string]any) (any, error)

var actions = map[string]action{
	"AssumeRole":        typed(sts.NewClientWithStsToken, sts.CreateAssumeRoleRequest, (*sts.Client).AssumeRole),
	"GetCallerIdentity": typed(sts.NewClientWithStsToken, sts.CreateGetCallerIdentityRequest, (*sts.Client).GetCallerIdentity),

	"CreatePolicy":         typed(ram.NewClientWithStsToken, ram.CreateCreatePolicyRequest, (*ram.Client).CreatePolicy),
	"CreateRole":           typed(ram.NewClientWithStsToken, ram.CreateCreateRoleRequest, (*ram.Client).CreateRole),
	"AttachPolicyToRole":   typed(ram.NewClientWithStsToken, ram.CreateAttachPolicyToRoleRequest, (*ram.Client).AttachPolicyToRole),
	"AttachPolicyToUser":   typed(ram.NewClientWithStsToken, ram.CreateAttachPolicyToUserRequest, (*ram.Client).AttachPolicyToUser),
	"DetachPolicyFromRole": typed(ram.NewClientWithStsToken, ram.CreateDetachPolicyFromRoleRequest, (*ram.Client).DetachPolicyFromRole),
	"DeleteRole":           typed(ram.NewClientWithStsToken, ram.CreateDeleteRoleRequest, (*ram.Client).DeleteRole),
	"DeletePolicy":         typed(ram.NewClientWithStsToken, ram.CreateDeletePolicyRequest, (*ram.Client).DeletePolicy),

	"RunCommand":          typed(ecs.NewClientWithStsToken, ecs.CreateRunCommandRequest, (*ecs.Client).RunCommand),
	"DescribeInvocations": typed(ecs.NewClientWithStsToken, ecs.CreateDescribeInvocationsRequest, (*ecs.Client).DescribeInvocations),
	"DescribeImages":      typed(ecs.NewClientWithStsToken, ecs.CreateDescribeImagesRequest, (*ecs.Client).DescribeImages),

	"DescribeSourceServers":   typed(smc.NewClientWithStsToken, smc.CreateDescribeSourceServersRequest, (*smc.Client).DescribeSourceServers),
	"DeleteSourceServer":      typed(smc.NewClientWithStsToken, smc.CreateDeleteSourceServerRequest, (*smc.Client).DeleteSourceServer),
	"CreateReplicationJob":    typed(smc.NewClientWithStsToken, smc.CreateCreateReplicationJobRequest, (*smc.Client).CreateReplicationJob),
	"StartReplicationJob":     typed(smc.NewClientWithStsToken, smc.CreateStartReplicationJobRequest, (*smc.Client).StartReplicationJob),
	"DescribeReplicationJobs": typed(smc.NewClientWithStsToken, smc.CreateDescribeReplicationJobsRequest, (*smc.Client).DescribeReplicationJobs),
	"DeleteReplicationJob":    typed(smc.NewClientWithStsToken, smc.CreateDeleteReplicationJobRequest, (*smc.Client).DeleteReplicationJob),
}

func main() {
	calls.Serve(call, refusal)
}

func call(wanted calls.Wanted) (any, error) {
	if known, ok := actions[wanted.Action]; ok {
		return known(wanted.Login, wanted.Parameters)
	}
	return common(wanted)
}

// typed makes an action of an SDK package: how it makes a client, a request, and the call.
func typed[Client any, Request requests.AcsRequest, Response any](
	newClient func(region, id, secret, token string) (Client, error),
	newRequest func() Request,
	do func(Client, Request) (Response, error),
) action {
	return func(login calls.Login, parameters map[string]any) (any, error) {
		client, err := newClient(login.Region, login.AccessKeyID, login.AccessKeySecret, login.SecurityToken)
		if err != nil {
			return nil, err
		}
		request := newRequest()
		fields, err := json.Marshal(parameters)
		if err != nil {
			return nil, err
		}
		// The fields of a request are named as the API's parameters.
		if err := json.Unmarshal(fields, request); err != nil {
			return nil, err
		}
		request.SetScheme("http")
		request.SetDomain(login.Endpoint)
		return do(client, request)
	}
}

func common(wanted calls.Wanted) (any, error) {
	login := wanted.Login
	client, err := smc.NewClientWithStsToken(login.Region, login.AccessKeyID, login.AccessKeySecret, login.SecurityToken)
	if err != nil {
		return nil, err
	}
	request := requests.NewCommonRequest()
	request.Scheme = "http"
	request.Domain = login.Endpoint
	request.Version = wanted.Version
	request.ApiName = wanted.Action
	for name, value := range wanted.Parameters {
		request.QueryParams[name] = fmt.Sprint(value)
	}
	response, err := client.ProcessCommonRequest(request)
	if err != nil {
		return nil, err
	}
	return json.RawMessage(response.GetHttpContentBytes()), nil
}

func refusal(err error) *calls.Refusal {
	var refused *sdkerrors.ServerError
	if !errors.As(err, &refused) {
		return nil
	}
	return &calls.Refusal{Type: "ServerError", Code: refused.ErrorCode(), RequestID: refused.RequestId()}
}
