// The generic client of the current generation of SDKs, for all four services; it signs V3.
package main

import (
	"encoding/json"
	"errors"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	"github.com/alibabacloud-go/darabonba-openapi/v2/models"
	"github.com/alibabacloud-go/darabonba-openapi/v2/utils"
	"github.com/alibabacloud-go/tea/dara"
	"github.com/alibabacloud-go/tea/tea"

	"clients/calls"
)

func main() {
	calls.Serve(call, refusal)
}

func call(wanted calls.Wanted) (any, error) {
	config := &models.Config{
		Endpoint:        &wanted.Login.Endpoint,
		Protocol:        dara.String("http"),
		RegionId:        &wanted.Login.Region,
		AccessKeyId:     &wanted.Login.AccessKeyID,
		AccessKeySecret: &wanted.Login.AccessKeySecret,
	}
	if wanted.Login.SecurityToken != "" {
		config.SecurityToken = &wanted.Login.SecurityToken
	}
	client, err := openapi.NewClient(config)
	if err != nil {
		return nil, err
	}
	params := &models.Params{
		Action:      &wanted.Action,
		Version:     &wanted.Version,
		Protocol:    dara.String("HTTP"),
		Pathname:    dara.String("/"),
		Method:      dara.String("POST"),
		AuthType:    dara.String("AK"),
		Style:       dara.String("RPC"),
		ReqBodyType: dara.String("formData"),
		BodyType:    dara.String("json"),
	}
	request := &models.OpenApiRequest{Query: utils.Query(wanted.Parameters)}
	response, err := client.CallApi(params, request, &dara.RuntimeOptions{})
	if err != nil {
		return nil, err
	}
	return response["body"], nil
}

func refusal(err error) *calls.Refusal {
	var refused *tea.SDKError
	if !errors.As(err, &refused) || refused.Data == nil {
		return nil
	}
	var body struct{ RequestID string }
	if json.Unmarshal([]byte(*refused.Data), &body) != nil {
		return nil
	}
	return &calls.Refusal{Type: "SDKError", Code: *refused.Code, RequestID: body.RequestID}
}
